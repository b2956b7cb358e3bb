"""The nightly price import: `python -m shop.import_prices`.

Each batch is one transaction and each row sets a price instead of changing it, so the import can be stopped at any
point and run again.
"""

import csv
import logging
import os
import sys
import urllib.request

import httpx
from sqlalchemy import select

from shop.database import open_session
from shop.models import Item

log = logging.getLogger("shop.import_prices")


def fetch(url: str, timeout: float) -> list[dict[str, str]]:
    answer = httpx.get(url, timeout=timeout, follow_redirects=True)
    answer.raise_for_status()
    return list(csv.DictReader(answer.text.splitlines()))


def apply(rows: list[dict[str, str]], max_change_percent: float) -> tuple[int, int]:
    """Sets the prices of one batch; returns how many changed and how many were refused as implausible."""
    changed = refused = 0
    with open_session.begin() as session:
        items = {item.sku: item for item in session.scalars(select(Item))}
        for row in rows:
            item, cents = items.get(row["sku"]), int(row["cents"])
            if item is None or item.cents == cents:
                continue
            # The supplier once sent cents as euros.
            if abs(cents - item.cents) * 100 > max_change_percent * item.cents:
                log.warning("%s: %s to %s cents is more than %s %%", item.sku, item.cents, cents, max_change_percent)
                refused += 1
                continue
            item.cents = cents
            changed += 1
    return changed, refused


def main() -> int:
    logging.basicConfig(level=os.environ.get("LOG_LEVEL", "INFO"), format="%(asctime)s %(levelname)s %(message)s")
    url = os.environ["SHOP_PRICES_URL"]
    timeout = float(os.environ.get("SHOP_PRICES_TIMEOUT", "30"))
    batch = int(os.environ.get("SHOP_IMPORT_BATCH_SIZE", "200"))
    max_change_percent = float(os.environ.get("SHOP_IMPORT_MAX_CHANGE_PERCENT", "40"))

    rows = fetch(url, timeout)
    changed = refused = 0
    for start in range(0, len(rows), batch):
        batch_changed, batch_refused = apply(rows[start : start + batch], max_change_percent)
        changed, refused = changed + batch_changed, refused + batch_refused
    log.info("%s rows, %s changed, %s refused", len(rows), changed, refused)
    # Tells the monitor that the import came through; it raises an alarm where that does not happen.
    if ping_url := os.environ.get("SHOP_IMPORT_PING_URL", ""):
        urllib.request.urlopen(ping_url).close()
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
