#!/bin/sh
# Deploys on the server, as root:  deploy.sh [REVISION]    the tip of main, or a tag or commit
#                                  deploy.sh --previous    the revision before the last deployment
# With SETPOINT_ENVIRONMENT=staging it does so in the copy beside production, see install.sh.
set -eu
shop=shop
[ "${SETPOINT_ENVIRONMENT:-production}" = production ] || shop=shop-$SETPOINT_ENVIRONMENT
remembered=/var/lib/$shop/previous-revision

[ -e "/srv/$shop" ] || git clone --quiet "$(git -C /srv/shop remote get-url origin)" "/srv/$shop"
cd "/srv/$shop"
running=$(git rev-parse HEAD)
if [ "${1:-}" = --previous ]; then
    # Setpoint says which revision it found: there this leads as often as it is run, wherever it was cut off.
    wanted=${SETPOINT_REVISION:-$(cat "$remembered")}
else
    git fetch --quiet --tags origin
    wanted=$(git rev-parse --verify "${1:-origin/main}^{commit}")
fi

mkdir -p "/var/lib/$shop"
echo "$running" >"$remembered"
git checkout --quiet --detach "$wanted"
deploy/install.sh

# HUP replaces the workers one after the other, so no request is lost.
systemctl reload "$shop.service"

tries=0
until curl --fail --silent --max-time 2 "http://${SHOP_BIND:-127.0.0.1:8000}/health" >/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt 20 ] || { echo "$shop does not answer; back with: deploy.sh --previous" >&2; exit 1; }
    sleep 1
done
echo "deployed $wanted, before it $running"
