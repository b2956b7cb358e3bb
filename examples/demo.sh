#!/usr/bin/env bash
# Shows what setpoint says about examples/shop while the shop runs: `make demo`.
# Everything that it makes lies in target/demo and examples/shop/.venv; the shop is stopped at the end, whatever that is.
set -euo pipefail
cd "$(dirname "$0")/.."

shop=examples/shop
made=target/demo
setpoint=$(realpath -m "${CARGO_TARGET_DIR:-target}")/release/setpoint

heading() { printf '\n\033[1m== %s\033[0m\n' "$*"; }
if [ ! -t 1 ] || [ -n "${NO_COLOR:-}" ]; then heading() { printf '\n== %s\n' "$*"; }; fi
give_up() { printf 'demo: %s\n' "$*" >&2; exit 3; }

server=
stop() {
    [ -n "$server" ] || return 0
    kill "$server" 2>/dev/null || true
    wait "$server" 2>/dev/null || true
    server=
    echo "The shop is stopped."
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# A command as a person would type it in the folder of the shop. Exit 1 says that there are findings, which a shop with
# planted mistakes must have; every other code is a failure of the demo.
show() {
    local expected=$1 code=0
    shift
    printf '$ setpoint %s\n\n' "$*"
    (cd "$shop" && "$setpoint" "$@") || code=$?
    [ "$code" = "$expected" ] || give_up "\`setpoint $*\` ended with $code; expected $expected"
}

# Debian and Ubuntu ship Python without venv. Root is given the package; others are told its name.
bring() {
    local package=$1
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "installing $package"
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y "$package"; } >/dev/null </dev/null ||
            give_up "cannot install \`$package\`; a retry is safe"
    else
        give_up "\`$package\` is missing; try: sudo apt-get install $package"
    fi
}

heading "What this machine must have"
command -v cargo >/dev/null || give_up "\`cargo\` is missing; expected Rust, see https://rustup.rs"
command -v cc >/dev/null || bring build-essential
command -v python3 >/dev/null || bring python3
python3 -c 'import ensurepip, venv' 2>/dev/null || bring python3-venv
cargo --version
python3 --version

heading "Build setpoint (release)"
cargo build --release -p setpoint
"$setpoint" --version

heading "A virtual environment for the shop"
[ -x $shop/.venv/bin/python ] || python3 -m venv $shop/.venv
$shop/.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps -r $shop/requirements.txt
$shop/.venv/bin/python -m pip list --disable-pip-version-check 2>/dev/null |
    grep -iE '^(fastapi|gunicorn|pydantic-settings|sqlalchemy|uvicorn) '

heading "Start the shop"
rm -rf $made
mkdir -p $made
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
here=$PWD/$made
# The env file is given to the process, as systemd would; the database and the port are the demo's own.
in_shop() {
    cd $shop
    export SHOP_DATABASE_URL="sqlite:///$here/shop.db" PYTHONPATH=src
    exec .venv/bin/dotenv -f deploy/shop.env run --no-override "$@"
}
(in_shop .venv/bin/python -m shop.database)
(in_shop .venv/bin/uvicorn shop.main:app --host 127.0.0.1 --port "$port") >"$made/uvicorn.log" 2>&1 &
server=$!
answer() { python3 -c 'import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=2).read().decode())' "$1"; }
for _ in $(seq 100); do
    kill -0 "$server" 2>/dev/null || { tail -5 "$made/uvicorn.log" >&2; server=; give_up "the shop did not start"; }
    health=$(answer "http://127.0.0.1:$port/health" 2>/dev/null) && break
    sleep 0.1
done
[ "${health:-}" = '{"ok":true}' ] || give_up "no answer at http://127.0.0.1:$port/health; see $made/uvicorn.log"
echo "http://127.0.0.1:$port/health answers $health"

cat <<'END'

Besides the code, the shop has a unit with a drop-in, an env file, a
gunicorn.conf.py and an nginx site, and in each of them mistakes that people
make. examples/shop/README.md lists them; now see what setpoint finds.
END

heading "What is production set to?"
show 0 capture

heading "Why is it that?"
show 0 explain SHOP_CATALOG_PAGE_SIZE

heading "Is it still true?"
show 1 check

heading "Write it down"
show 0 docs --output "$here/docs"

heading "Look"
find "$made/docs" -type f | sort | sed 's/^/  /'
echo
