#!/bin/sh
# Puts the checked-out version in /srv/shop into service: packages, units, settings, nginx. Safe to run again.
#
# With SETPOINT_ENVIRONMENT=staging it installs a copy beside production, as `setpoint rehearse` wants it: folder, unit,
# database and settings of its own, of the same user, and neither timer nor nginx site. SHOP_* variables that are set win
# over deploy/shop.env.
set -eu
shop=shop
[ "${SETPOINT_ENVIRONMENT:-production}" = production ] || shop=shop-$SETPOINT_ENVIRONMENT
cd "/srv/$shop"

getent passwd shop >/dev/null || useradd --system --home-dir /srv/shop --shell /usr/sbin/nologin shop

[ -x .venv/bin/python ] || python3 -m venv .venv
.venv/bin/pip install --quiet --no-deps -r requirements.txt
.venv/bin/pip install --quiet --no-deps --editable .

if [ "$shop" != shop ]; then
    install -d "/etc/$shop" "/etc/systemd/system/$shop.service.d"
    # Of two lines of one name systemd takes the later.
    { cat deploy/shop.env; env | grep '^SHOP_' | sort; } >"/etc/$shop/shop.env"
    for file in deploy/shop.service deploy/shop.service.d/*.conf; do
        [ -e "$file" ] || continue
        sed -e "s#/\(srv\|etc\|var/lib\)/shop/#/\1/$shop/#g" -e "s#/srv/shop\$#/srv/$shop#" \
            -e "s#StateDirectory=shop#StateDirectory=$shop#" -e "s#=production#=$SETPOINT_ENVIRONMENT#" \
            "$file" >"/etc/systemd/system/$shop${file#deploy/shop}"
    done
    systemctl daemon-reload
    systemctl enable --quiet --now "$shop.service"
    exit
fi

install -d /etc/shop /etc/systemd/system/shop.service.d
install -m 644 deploy/shop.env /etc/shop/shop.env
install -m 644 deploy/shop.service deploy/shop-import-prices.service deploy/shop-import-prices.timer /etc/systemd/system/
install -m 644 deploy/shop.service.d/*.conf /etc/systemd/system/shop.service.d/
install -m 644 deploy/nginx/shop.conf /etc/nginx/sites-available/shop
ln -sf ../sites-available/shop /etc/nginx/sites-enabled/shop

nginx -t -q
systemctl daemon-reload
systemctl enable --quiet --now shop.service shop-import-prices.timer
systemctl reload-or-restart nginx.service
