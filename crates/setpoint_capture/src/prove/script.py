"""Says what the settings classes of a service are once its own interpreter has imported them.

`setpoint capture --prove` runs this with the folder of a request as its argument. It imports the modules that the
request names, one by one, and writes to a file of its own, which no print of the service's reaches, a line before each
module and a line for what it found there. Settings are described, never made: no class is called.

It needs the standard library and what the service has, from Python 3.8 on.
"""

import datetime
import enum
import importlib
import json
import os
import pathlib
import resource
import signal
import sys
import typing

# Of a default and of what went wrong, in letters.
LONGEST_VALUE = 20_000
LONGEST_REASON = 300
DEEPEST_VALUE = 8
MOST_BYTES = 64 << 20
LEAST_MEMORY = 2 << 30


def main(folder):
    with open(os.path.join(folder, "request.json"), encoding="utf-8") as file:
        request = json.load(file)
    answers = open(os.path.join(folder, "answers.jsonl"), "ab")
    bound()
    os.chdir(folder)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)

    own = os.getpid()

    def say(**answer):
        # A module may have forked and come back from its import twice.
        if os.getpid() != own:
            os._exit(0)
        # Half of a surrogate pair, which a text of Python may hold, is no UTF-8.
        text = json.dumps(answer, ensure_ascii=False) + "\n"
        answers.write(text.encode("utf-8", "backslashreplace"))
        answers.flush()

    say(python=sys.version.split()[0], libraries=libraries())
    import_path = list(sys.path)
    for module in request["modules"]:
        say(begins=module["number"])
        say(ended=module["number"], classes=classes_of(module, request["folders"], import_path))
    answers.close()
    # Threads that hang are not waited for. What was started ends with the first process of a namespace; elsewhere
    # what is still of this group is ended, this process among it.
    if os.getpid() != 1:
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def bound():
    """What one process that is imported gets no more of than this."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    limits = [
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, MOST_BYTES),
        (resource.RLIMIT_DATA, max(memory, LEAST_MEMORY)),
    ]
    for kind, most in limits:
        _, hard = resource.getrlimit(kind)
        most = most if hard == resource.RLIM_INFINITY else min(most, hard)
        resource.setrlimit(kind, (most, most))
    # A file that grows too long is an error where it is written, not the end of the interpreter.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)


def libraries():
    try:
        from importlib.metadata import PackageNotFoundError, version
    except ImportError:
        return {}
    found = {}
    for name in ("pydantic", "pydantic-settings"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            pass
    return found


def classes_of(module, folders, import_path):
    reason = None
    for folder, name in import_names(module["file"], folders):
        sys.path[:] = [folder, *(other for other in folders if other != folder), *import_path]
        namespace, failure = imported(name, module["file"])
        reason = reason or failure
        found = {each["name"]: find(namespace, each["name"]) for each in module["classes"]}
        if any(found.values()) or failure is None:
            return [describe(each, found[each["name"]], namespace, failure) for each in module["classes"]]
    return [{"name": each["name"], "failed": reason} for each in module["classes"]]


def import_names(file, folders):
    """The folders to import from, each with the name that the file's module has there."""
    stem = os.path.splitext(file)[0]
    if os.path.basename(stem) == "__init__":
        stem = os.path.dirname(stem)
    in_package = os.path.exists(os.path.join(os.path.dirname(file), "__init__.py"))
    top = os.path.dirname(file)
    while os.path.exists(os.path.join(top, "__init__.py")) and os.path.dirname(top) != top:
        top = os.path.dirname(top)
    above = [folder for folder in folders if os.path.commonpath([folder, stem]) == folder]
    tried = [top, *above[:1]] if in_package else [*above[:1], top]
    return [(folder, os.path.relpath(stem, folder).replace(os.sep, ".")) for folder in dict.fromkeys(tried)]


def imported(name, file):
    """What the module has, and why it did not come to its end. A module that makes its settings as it is imported
    fails where nothing sets what they require; the classes above that line are there all the same."""
    try:
        module = importlib.import_module(name)
    except BaseException as error:  # SystemExit and KeyboardInterrupt among them
        return of_traceback(error.__traceback__, file), in_words(error)
    origin = getattr(module, "__file__", None)
    if origin is None or not os.path.exists(origin) or not os.path.samefile(origin, file):
        return {}, "`import {}` gives another file: {}".format(name, origin)
    return vars(module), None


def of_traceback(traceback, file):
    while traceback is not None:
        frame = traceback.tb_frame
        if frame.f_code.co_name == "<module>" and same_file(frame.f_code.co_filename, file):
            return frame.f_globals
        traceback = traceback.tb_next
    return {}


def same_file(one, other):
    try:
        return os.path.samefile(one, other)
    except OSError:
        return False


def in_words(error):
    """The last line of a traceback, of an error of several lines the first: the others quote what was given."""
    try:
        said = str(error).strip().splitlines()
    except Exception:
        said = []
    name = type(error).__name__
    return ("{}: {}".format(name, said[0]) if said else name)[:LONGEST_REASON]


def find(namespace, qualified_name):
    first, *rest = qualified_name.split(".")
    found = namespace.get(first)
    for part in rest:
        found = vars(found).get(part) if isinstance(found, type) else None
    return found if isinstance(found, type) else None


def describe(asked, found, namespace, failure):
    answer = {"name": asked["name"]}
    if failure is not None:
        answer["failed"] = failure
    if found is None:
        answer.setdefault("failed", "the module has no class of that name once it is imported")
        return answer
    try:
        kind = version_2 if hasattr(found, "model_fields") else version_1
        answer.update(kind(found, asked["types"], namespace))
    except Exception as error:
        answer["failed"] = in_words(error)
    return answer


def version_2(found, types, namespace):
    from pydantic_settings import EnvSettingsSource

    if not found.__pydantic_complete__:
        found.model_rebuild(raise_errors=False)
    source = EnvSettingsSource(found)
    fields = []
    for name, field in found.model_fields.items():
        # How a name is made has changed with the versions; each of them knows best.
        names = [info[1] for info in source._extract_field_info(field, name)]
        fields.append(
            {
                "name": name,
                "names": list(dict.fromkeys(names)),
                "required": field.is_required(),
                "default": default_of(field, field.is_required()),
                **typed(found, name, field.annotation, types.get(name), namespace),
            }
        )
    return {"ignores_case": not source.case_sensitive, "fields": fields}


def version_1(found, types, namespace):
    fields = []
    for name, field in found.__fields__.items():
        names = field.field_info.extra["env_names"]
        fields.append(
            {
                "name": name,
                "names": list(names) if isinstance(names, list) else sorted(names),
                "required": field.required is True,
                "default": default_of(field, field.required is True),
                **typed(found, name, getattr(field, "annotation", field.outer_type_), types.get(name), namespace),
            }
        )
    return {"ignores_case": not found.__config__.case_sensitive, "fields": fields}


def default_of(field, required):
    """A constant, or nothing where only running more of the code would tell."""
    if required:
        return {}
    factory = field.default_factory
    if factory is not None:
        # These make the same each time, and nothing else happens.
        return {"constant": constant(factory())} if factory in (list, dict, set, tuple, str) else {"dynamic": True}
    try:
        default = {"constant": constant(field.default)}
        if len(json.dumps(default)) > LONGEST_VALUE:
            return {"dynamic": True}
    except ValueError:
        return {"dynamic": True}
    if isinstance(field.default, (set, frozenset)):
        default["unordered"] = True
    # pydantic 2 gives defaults of settings to these functions, too.
    if any(type(item).__name__.endswith("Validator") for item in getattr(field, "metadata", ())):
        default["before_validation"] = True
    return default


def constant(value, depth=0):
    if depth > DEEPEST_VALUE:
        raise ValueError("too deep")
    inner = depth + 1
    if isinstance(value, enum.Enum):
        return constant(value.value, inner)
    if isinstance(value, str):
        value.encode()  # raises ValueError where it cannot be written down
        return value
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if -(1 << 63) <= value < 1 << 63 else str(value)
    if isinstance(value, float):
        finite = value == value and value not in (float("inf"), float("-inf"))
        return value if finite else {"nan": "NaN"}.get(str(value), str(value))
    if isinstance(value, bytes):
        return value.decode("utf-8")
    if isinstance(value, pathlib.PurePath):
        return str(value)
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, (list, tuple)):
        return [constant(item, inner) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((constant(item, inner) for item in value), key=json.dumps)
    if isinstance(value, dict):
        return {key_of(key, inner): constant(item, inner) for key, item in value.items()}
    raise ValueError("no constant")


def key_of(key, depth):
    key = constant(key, depth)
    return key if isinstance(key, str) else json.dumps(key)


def typed(found, name, annotation, text, namespace):
    """The field's type, and whether the text of its declaration means that where it stands; nothing where the text
    alone does not tell."""
    answer = {"type": annotation.__qualname__ if isinstance(annotation, type) else str(annotation)}
    if text is None:
        return answer
    meant = meaning(found, name, text, namespace)
    if meant is not None:
        answer["agrees"] = bare(meant) == bare(annotation)
    return answer


def meaning(found, name, text, namespace):
    owner = next((each for each in found.__mro__ if name in annotations(each)), None)
    if owner is None:
        return None
    module = sys.modules.get(owner.__module__)
    names = vars(module) if module is not None and owner.__module__ != found.__module__ else namespace
    try:
        meant = eval(text, dict(names), dict(vars(owner)))
        if isinstance(meant, str):
            meant = eval(meant, dict(names), dict(vars(owner)))
    except Exception:
        return None
    return None if meant is None or isinstance(meant, (str, typing.TypeVar)) else meant


def annotations(owner):
    try:
        return vars(owner).get("__annotations__") or getattr(owner, "__annotations__", {})
    except Exception:
        return {}


def bare(annotation):
    while hasattr(annotation, "__metadata__"):
        annotation = annotation.__origin__
    return annotation


main(sys.argv[1])
