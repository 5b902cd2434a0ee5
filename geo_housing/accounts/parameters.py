"""Parameters in an address of the API that its route does not know are refused.

A filter that is misspelt would otherwise give all rows, and nobody would see from the answer that it asked nothing.
Known is what the route and its dependencies declare. Routes that read the address themselves, because their filters are
those of a layer, refuse what the layer does not know; they say so by ``READS_ADDRESS``.
"""

from collections.abc import Iterator

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from geo_housing.errors import BadInput, Fault

API = "/api/v1/"
MOST_SHOWN = 40


def _reads_address() -> None:
    """Nothing: a mark among the dependencies of a route."""


READS_ADDRESS = Depends(_reads_address)


def refuse_unknown_parameters(request: Request) -> None:
    """BadInput that names the parameters of a reading request which its route does not know, and those that it does."""
    route = request.scope.get("route")
    if (
        request.method != "GET"
        or not request.query_params
        or not isinstance(route, APIRoute)
        or not route.path.startswith(API)
        or any(dependency.call is _reads_address for dependency in route.dependant.dependencies)
    ):
        return
    known = list(dict.fromkeys(_declared(route.dependant)))
    unknown = [name for name in dict.fromkeys(request.query_params) if name not in known]
    if not unknown:
        return
    named = "、".join(f"“{name[:MOST_SHOWN]}”" for name in unknown)
    faults = [Fault(None, name[:MOST_SHOWN], None, "没有这一项") for name in unknown]
    if not known:
        raise BadInput(f"这里没有{named}这样的参数，也不用写别的参数，请去掉后再试。", faults=faults)
    raise BadInput(f"这里没有{named}这样的参数，可用的有：{'、'.join(known)}。请改正后再试。", faults=faults)


def _declared(dependant: Dependant) -> Iterator[str]:
    """Names that a route and its dependencies take out of the address."""
    for field in dependant.query_params:
        yield field.alias
    for dependency in dependant.dependencies:
        yield from _declared(dependency)
