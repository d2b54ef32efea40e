import type { Stack } from "./stacks.ts";

/** A project whose tools are too large for the tests: they are installed once, on Debian, for the comparison. */
export interface ToolchainStack extends Omit<Stack, "bases" | "result"> {
  /** the base that they make, and what is installed for it */
  base: { name: string; packages: string[] };
  /** the image begins with the base; else with nothing */
  onBase?: true;
}

export const toolchainStacks: ToolchainStack[] = [
  {
    name: "Go: modules, vet and test, one static program on scratch",
    base: { name: "go-tools", packages: ["golang-go"] },
    files: {
      "go.mod": "module example.org/app\n\ngo 1.19\n",
      "cmd/app/main.go":
        'package main\n\nimport (\n\t"fmt"\n\n\t"example.org/app/greet"\n)\n\nvar version = "none"\n\nfunc main() { fmt.Println(greet.Text(), version) }\n',
      "greet/greet.go": 'package greet\n\nfunc Text() string { return "hello" }\n',
      "greet/greet_test.go":
        'package greet\n\nimport "testing"\n\nfunc TestText(t *testing.T) {\n\tif Text() != "hello" {\n\t\tt.Fatal(Text())\n\t}\n}\n',
      ".dockerignore": "bin\n*.md\n",
      "README.md": "not this one\n",
      "Dockerfile": `FROM go-tools AS build
ARG VERSION=1.0
ENV CGO_ENABLED=0 GOTOOLCHAIN=local GOFLAGS=-trimpath GOCACHE=/tmp/cache
WORKDIR /src
COPY go.mod ./
COPY cmd cmd
COPY greet greet
RUN go vet ./... && go test ./... && \\
    go build -ldflags "-s -w -buildid= -X main.version=$VERSION" -o /out/ ./cmd/app && rm -rf /tmp/cache
FROM build AS check
RUN test "$(/out/app)" = "hello 1.0"
FROM scratch
COPY --from=check --chown=65534:65534 /out/app /app
USER 65534:65534
ENTRYPOINT ["/app"]
`,
    },
  },
  {
    name: "Rust: cargo with a library beside the program, dependencies first",
    base: { name: "rust-tools", packages: ["cargo", "rustc"] },
    onBase: true,
    files: {
      "Cargo.toml": '[workspace]\nmembers = ["app", "greet"]\nresolver = "2"\n[profile.release]\nstrip = true\ncodegen-units = 1\n',
      "Cargo.lock":
        'version = 3\n\n[[package]]\nname = "app"\nversion = "0.1.0"\ndependencies = [\n "greet",\n]\n\n[[package]]\nname = "greet"\nversion = "0.1.0"\n',
      "app/Cargo.toml":
        '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\ngreet = { path = "../greet" }\n',
      "app/src/main.rs": 'fn main() {\n    println!("{}", greet::text());\n}\n',
      "greet/Cargo.toml": '[package]\nname = "greet"\nversion = "0.1.0"\nedition = "2021"\n',
      "greet/src/lib.rs":
        'pub fn text() -> &\'static str {\n    "hello"\n}\n#[test]\nfn greets() {\n    assert_eq!(text(), "hello");\n}\n',
      ".dockerignore": "target\n",
      "Dockerfile": `FROM rust-tools AS build
ENV CARGO_HOME=/tmp/cargo
WORKDIR /src
COPY Cargo.toml Cargo.lock ./
COPY greet greet
COPY app/Cargo.toml app/
RUN mkdir app/src && echo 'fn main() {}' > app/src/main.rs && cargo build --release --offline -q && rm -rf app/src target/release/app
COPY app app
RUN touch app/src/main.rs && cargo test --offline -q && cargo build --release --locked --offline -q && test "$(target/release/app)" = hello
FROM rust-tools
COPY --from=build /src/target/release/app /usr/local/bin/
CMD ["app"]
`,
    },
  },
  {
    name: "Java: classes and resources in a jar, run by a user of its own",
    base: { name: "java-tools", packages: ["default-jdk-headless"] },
    onBase: true,
    files: {
      "src/main/java/org/example/App.java":
        'package org.example;\n\npublic class App {\n  public static void main(String[] args) throws Exception {\n    try (var text = App.class.getResourceAsStream("/text")) {\n      System.out.print(new String(text.readAllBytes()));\n    }\n  }\n}\n',
      "src/main/resources/text": "hello\n",
      "Dockerfile": `FROM java-tools AS build
ENV JAVA_TOOL_OPTIONS="-XX:-UsePerfData -XX:TieredStopAtLevel=1"
WORKDIR /src
COPY src src
RUN mkdir -p target/classes && find src/main/java -name '*.java' -exec javac -g:none -d target/classes {} + && \\
    cp -r src/main/resources/. target/classes/ && touch -d 2024-01-01 target/classes/text && \\
    jar --create --date=2024-01-01T00:00:00Z --file app.jar --main-class org.example.App -C target/classes .
FROM java-tools
RUN useradd --system --uid 999 --home-dir /srv --no-create-home java
WORKDIR /srv
COPY --from=build --chown=java:java /src/app.jar .
RUN test "$(java -XX:-UsePerfData -jar app.jar)" = hello
USER java
EXPOSE 8080/tcp
ENTRYPOINT ["java", "-jar", "app.jar"]
`,
    },
    volatile: /^\/etc\/(passwd|group|shadow|gshadow|subuid|subgid)-?$/,
  },
];
