"""Functions of IP networks."""

import ipaddress
from collections.abc import Mapping
from fractions import Fraction

from ctxopt.builds.hcl.functions.function import Builtin, on
from ctxopt.builds.hcl.values import EvaluationError, Seq, Value, whole

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _network(prefix: str) -> _Network:
    try:
        if "/" not in prefix:
            raise ValueError
        return ipaddress.ip_network(prefix, strict=False)
    except ValueError:
        raise EvaluationError(f"{prefix[:60]} is no network, such as 10.0.0.0/8") from None


def _host(prefix: str, number: Fraction) -> Value:
    network, index = _network(prefix), whole(number)
    if not -network.num_addresses <= index < network.num_addresses:
        raise EvaluationError(f"the network has no host {index}")
    return str(network[index])


def _subnet(prefix: str, newbits: Fraction, number: Fraction) -> Value:
    network, bits, index = _network(prefix), whole(newbits), whole(number)
    length = network.prefixlen + bits
    if not 0 <= bits <= 32 or length > network.max_prefixlen:
        raise EvaluationError(f"the prefix cannot be extended by {bits} bits")
    if not 0 <= index < 1 << bits:
        raise EvaluationError(f"{index} does not fit into {bits} bits")
    return _shown(network, int(network.network_address) + (index << (network.max_prefixlen - length)), length)


def _subnets(prefix: str, *newbits: Fraction) -> Value:
    network = _network(prefix)
    last = int(network.network_address) - 1
    found = []
    for given in newbits:
        bits = whole(given)
        length = network.prefixlen + bits
        if not 1 <= bits <= 32 or length > network.max_prefixlen:
            raise EvaluationError(f"the prefix cannot be extended by {bits} bits")
        free = network.max_prefixlen - length
        start = ((last >> free) + 1) << free
        last = start + (1 << free) - 1
        if start > int(network.broadcast_address):
            raise EvaluationError("the network has no room for these subnets")
        found.append(_shown(network, start, length))
    return Seq("list", tuple(found))


def _shown(network: _Network, address: int, length: int) -> str:
    return f"{type(network.network_address)(address)}/{length}"


FUNCTIONS: Mapping[str, Builtin] = {
    "cidrhost": on(_host, "string", "number"),
    "cidrnetmask": on(lambda prefix: str(_network(prefix).netmask), "string"),
    "cidrsubnet": on(_subnet, "string", "number", "number"),
    "cidrsubnets": on(_subnets, "string", rest="number"),
}
