import { packageVersion } from "../packages.ts";
import { defaultPath, programTag, type Recipe } from "../recipe.ts";

/** The distribution's nginx, laid out like Docker Hub's: /usr/share/nginx/html, /etc/nginx/conf.d, logs on stdout. */
export const nginx: Recipe = {
  name: "nginx",
  summary: "the nginx web server, from the distribution",
  kind: "base",
  acceptsTag: programTag,
  packages: () => ["nginx-light", "ca-certificates"],
  files: () => [
    {
      path: "/etc/nginx/conf.d/default.conf",
      content: `server {
    listen       80;
    listen  [::]:80;
    server_name  localhost;

    location / {
        root   /usr/share/nginx/html;
        index  index.html index.htm;
    }

    error_page   500 502 503 504  /50x.html;
    location = /50x.html {
        root   /usr/share/nginx/html;
    }
}
`,
    },
    {
      path: "/usr/share/nginx/html/index.html",
      content: `<!DOCTYPE html>
<html lang="en">
<head><title>Welcome to nginx!</title></head>
<body>
<h1>Welcome to nginx!</h1>
<p>The server works. Put your own files into /usr/share/nginx/html.</p>
</body>
</html>
`,
    },
    {
      path: "/usr/share/nginx/html/50x.html",
      content: "<!DOCTYPE html>\n<title>Error</title>\n<h1>An error occurred.</h1>\n",
    },
  ],
  setup: `rm -f /etc/nginx/sites-enabled/default
ln -sf /dev/stdout /var/log/nginx/access.log
ln -sf /dev/stderr /var/log/nginx/error.log`,
  version: "nginx -v 2>&1 | sed 's/.*nginx.\\([0-9.]*\\).*/\\1/'",
  expectedVersion: (signal) => packageVersion("nginx-light", signal),
  config: () => ({
    Env: [`PATH=${defaultPath}`],
    ExposedPorts: { "80/tcp": {} },
    Cmd: ["nginx", "-g", "daemon off;"],
    StopSignal: "SIGQUIT",
  }),
};
