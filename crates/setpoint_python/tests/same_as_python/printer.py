import datetime, enum, pathlib, struct, sys, warnings

warnings.simplefilter("ignore")


def written(value):
    if value is None:
        return "None"
    if isinstance(value, enum.Enum):
        return "member %s.%s %s" % (type(value).__name__, value.name, written(value.value))
    if isinstance(value, bool):
        return "bool " + str(value).lower()
    if isinstance(value, int):
        return "int %d" % value
    if isinstance(value, float):
        return "float %016x" % struct.unpack(">Q", struct.pack(">d", value))[0]
    if isinstance(value, str):
        return "str " + value.encode("utf-8", "surrogatepass").hex()
    if isinstance(value, bytes):
        return "bytes " + value.hex()
    if isinstance(value, tuple):
        return "tuple[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, (list, range, type({}.keys()), type({}.values()), type({}.items()), type(reversed([])), map, zip)):
        return "list[" + ", ".join(map(written, value)) + "]"
    if isinstance(value, (set, frozenset)):
        return "set[" + ", ".join(sorted(map(written, value))) + "]"
    if isinstance(value, dict):
        return "dict[" + ", ".join("%s: %s" % (written(key), written(item)) for key, item in value.items()) + "]"
    if isinstance(value, datetime.timedelta):
        return "timedelta %.6f" % value.total_seconds()
    if isinstance(value, pathlib.PurePath):
        return "path " + str(value).encode().hex()
    return "other " + type(value).__name__


for line in sys.stdin:
    try:
        print(written(eval(line.strip())))
    except Exception as error:
        print("refused " + type(error).__name__)
