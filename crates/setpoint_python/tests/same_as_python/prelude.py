import json
import logging
import math
import os
import os.path
from collections import OrderedDict
from datetime import timedelta
from enum import Enum, IntEnum, auto
from pathlib import Path, PurePosixPath

NAME = "shop"
HOSTS = ["a.example", "b.example"]
PORTS = (8000, 8001)
LIMITS = {"cpu": 2, "memory": "512M"}
EMPTY = ""


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 10


class Step(Enum):
    FIRST = auto()
    SECOND = auto()


class Mode(str, Enum):
    FAST = "fast"
    SLOW = "slow"


class Base:
    TIMEOUT = 30
    NAME = "base"


class Derived(Base):
    NAME = "derived"


def double(number):
    return number * 2


def url(host, port=5432, *, scheme="postgresql"):
    return f"{scheme}://{host}:{port}/"


def pick(kind):
    if kind == "a":
        return 1
    elif kind == "b":
        return 2
    return 3


triple = lambda number: number * 3


