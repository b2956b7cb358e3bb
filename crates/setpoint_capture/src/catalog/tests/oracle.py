"""What an installed library says of its own defaults when it is imported: JSON of a name and a value for each.

Called with the name of a package of the catalog. Names are those of the catalog. It knows the packages by their
interfaces alone (signatures, attributes, tables of options) and nothing of the catalog's pointers.
"""

import datetime
import enum
import inspect
import json
import math
import sys


def parameters(function):
    """The defaults of a function's parameters, by their names."""
    found = inspect.signature(function).parameters.values()
    return {each.name: each.default for each in found if each.default is not inspect.Parameter.empty}


def attributes(instance, names):
    """Those of the attributes that are there."""
    return {name: getattr(instance, name) for name in names if hasattr(instance, name)}


def renamed(values, **names):
    """The values of the given names, each under the name that the catalog has for it."""
    return {name: values[own] for name, own in names.items() if own in values}


def uvicorn():
    from uvicorn.config import Config
    from uvicorn.main import run

    return parameters(Config.__init__) | renamed(parameters(run), workers="workers", app_dir="app_dir")


def gunicorn():
    from gunicorn.config import KNOWN_SETTINGS

    return {setting.name: setting.default for setting in KNOWN_SETTINGS}


def sqlalchemy():
    from sqlalchemy.engine.base import Engine
    from sqlalchemy.engine.default import DefaultDialect
    from sqlalchemy.orm import sessionmaker
    from sqlalchemy.pool import Pool, QueuePool

    queue, pool = parameters(QueuePool.__init__), parameters(Pool.__init__)
    session = parameters(sessionmaker.__init__)
    return {
        **renamed(queue, pool_size="pool_size", max_overflow="max_overflow", pool_timeout="timeout"),
        **renamed(queue, pool_use_lifo="use_lifo"),
        **renamed(pool, pool_recycle="recycle", pool_pre_ping="pre_ping", pool_reset_on_return="reset_on_return"),
        **parameters(Engine.__init__),
        **attributes(DefaultDialect, ["insertmanyvalues_page_size"]),
        **{f"session.{name}": value for name, value in session.items()},
    }


def redis():
    import redis as library

    client = parameters(library.Redis.__init__)
    blocking = parameters(library.BlockingConnectionPool.__init__)
    found = client | renamed(parameters(library.ConnectionPool.__init__), max_connections="max_connections")
    retry = client.get("retry")
    if retry is not None:
        found["retries"] = retry._retries
    return found | {f"blocking_pool.{name}": value for name, value in blocking.items()}


def celery():
    from celery.app.defaults import NAMESPACES, flatten

    return {name: option.default for name, option in flatten(NAMESPACES)}


def httpx():
    import httpx as library
    from httpx import _config as configuration

    try:
        transport = parameters(library.HTTPTransport.__init__)
    except AttributeError:
        transport = {}
    limits, client = configuration.DEFAULT_LIMITS, parameters(library.Client.__init__)
    timeout = configuration.DEFAULT_TIMEOUT_CONFIG
    assert timeout.connect == timeout.read == timeout.write == timeout.pool
    names = ["max_connections", "max_keepalive_connections", "keepalive_expiry"]
    return {
        **client,
        "timeout": timeout.read,
        **attributes(limits, names),
        "max_redirects": configuration.DEFAULT_MAX_REDIRECTS,
        **renamed(transport, retries="retries"),
    }


def value(found):
    """A constant in the form that JSON has; `None` for an object that only the library itself understands."""
    if isinstance(found, enum.Enum):
        return value(found.value)
    if isinstance(found, float) and math.isinf(found):
        return {"constant": str(found)}
    if found is None or isinstance(found, (bool, int, float, str)):
        return {"constant": found}
    if isinstance(found, datetime.timedelta):
        return {"constant": found.total_seconds()}
    if isinstance(found, (list, tuple, set, frozenset)):
        items = [value(each) for each in found]
        return None if None in items else {"constant": [each["constant"] for each in items]}
    if isinstance(found, dict):
        items = {str(key): value(each) for key, each in found.items()}
        return None if None in items.values() else {"constant": {key: each["constant"] for key, each in items.items()}}
    return None


if __name__ == "__main__":
    said = globals()[sys.argv[1]]()
    print(json.dumps({name: value(found) for name, found in said.items()}))
