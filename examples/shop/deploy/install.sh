#!/bin/sh
# Puts the checked-out version in /srv/shop into service: packages, units, settings, nginx. Safe to run again.
set -eu
cd /srv/shop

getent passwd shop >/dev/null || useradd --system --home-dir /srv/shop --shell /usr/sbin/nologin shop

[ -x .venv/bin/python ] || python3 -m venv .venv
.venv/bin/pip install --quiet --no-deps -r requirements.txt
.venv/bin/pip install --quiet --no-deps --editable .

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
