import { defaultPath, type Recipe } from "../recipe.ts";

const groups =
  "root:x:0: daemon:x:1: bin:x:2: sys:x:3: adm:x:4: tty:x:5: disk:x:6: mail:x:8: wheel:x:10:root www-data:x:33: utmp:x:43: staff:x:50: users:x:100: nogroup:x:65534:";

/** Like Docker Hub's busybox: one static program under the names of all its applets. */
export const busybox: Recipe = {
  name: "busybox",
  summary: "the small tools of a Unix system in one program",
  kind: "nothing",
  acceptsTag: (tag) => /^(latest|stable|musl|uclibc|glibc|[0-9]+(\.[0-9]+){0,2})(-(musl|uclibc|glibc))?$/.test(tag),
  packages: () => ["busybox-static"],
  files: () => [
    {
      path: "/etc/passwd",
      content: [
        "root:x:0:0:root:/root:/bin/sh",
        "daemon:x:1:1:daemon:/usr/sbin:/bin/false",
        "bin:x:2:2:bin:/bin:/bin/false",
        "sys:x:3:3:sys:/dev:/bin/false",
        "sync:x:4:100:sync:/bin:/bin/sync",
        "mail:x:8:8:mail:/var/spool/mail:/bin/false",
        "www-data:x:33:33:www-data:/var/www:/bin/false",
        "operator:x:37:37:Operator:/var:/bin/false",
        "nobody:x:65534:65534:nobody:/home:/bin/false",
        "",
      ].join("\n"),
    },
    {
      path: "/etc/group",
      content: `${groups.split(" ").join("\n")}\n`,
    },
    { path: "/etc/shadow", content: "root:*:::::::\nnobody:*:::::::\n", mode: 0o640 },
    { path: "/etc/nsswitch.conf", content: "passwd: files\ngroup: files\nhosts: files dns\n" },
  ],
  version: "busybox | sed -n '1s/^BusyBox v\\([0-9.]*\\).*/\\1/p'",
  config: () => ({ Env: [`PATH=${defaultPath}`], Cmd: ["sh"] }),
};
