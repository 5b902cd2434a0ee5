"""The address the service listens on; apart from the service, because a taken port is told before anything heavy."""

import errno
import ipaddress
import socket

from geo_housing.errors import BadInput


def listening_socket(host: str, port: int) -> socket.socket:
    """A socket on the wanted address; BadInput when it is taken or not this machine's."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    found = socket.socket(family, socket.SOCK_STREAM)
    try:
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.bind((host, port))
        # Bound is not enough: two may bind, only one may listen.
        found.listen(2048)
    except OSError as error:
        found.close()
        raise _cannot_listen(error, host, port) from None
    return found


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a service that listens there."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _cannot_listen(error: OSError, host: str, port: int) -> BadInput:
    if error.errno == errno.EADDRINUSE:
        return BadInput(
            f"端口 {port} 已被占用：可能服务已在运行（浏览器打开 http://{host}:{port} 看看），"
            "或者是别的程序；请停掉它，或用 --port 换一个端口。"
        )
    if error.errno == errno.EACCES:
        return BadInput(f"系统不允许使用端口 {port}；请用 1024 以上的端口，需要 80 或 443 时在前面放反向代理。")
    return BadInput(f"本机没有地址 {host}（{error.strerror}）；请改正 --host，缺省是 127.0.0.1。")
