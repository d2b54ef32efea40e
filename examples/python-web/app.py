"""A web application with a form, on the Flask that Debian packages."""

import os
import platform

from flask import Flask, request
from markupsafe import escape

app = Flask(__name__)


@app.get("/")
def home():
    name = request.args.get("name", "stranger")
    return f"""<!doctype html>
<title>Greeter</title>
<h1>{escape(os.environ["GREETING"])}, {escape(name)}</h1>
<form><label>Your name <input name="name"></label> <button>Greet</button></form>
<p>Python {platform.python_version()} on host {escape(platform.node())}, user {os.getuid()}</p>
"""


@app.get("/healthy")
def healthy():
    return "ok\n"


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=5000)
