"""The card gateway. One charge per order: the order's number is the idempotency key, so a retry never pays twice."""

import logging

import httpx

from shop.settings import PaymentSettings

log = logging.getLogger(__name__)


class PaymentFailed(Exception):
    """The gateway said no, or did not answer."""


def charge(settings: PaymentSettings, order_id: int, cents: int, currency: str) -> str:
    """Returns the gateway's reference."""
    request = {"amount": cents, "currency": currency, "order": order_id}
    headers = {
        "Authorization": f"Bearer {settings.api_key.get_secret_value()}",
        "Idempotency-Key": f"shop-order-{order_id}",
    }
    # Connection errors are tried again by the transport; an answer that is slow is not.
    transport = httpx.HTTPTransport(retries=settings.retries)
    with httpx.Client(transport=transport, timeout=settings.timeout_seconds) as client:
        try:
            answer = client.post(f"{str(settings.url).rstrip('/')}/charges", json=request, headers=headers)
            answer.raise_for_status()
        except httpx.HTTPError as error:
            log.warning("order %s: payment failed: %s", order_id, error)
            raise PaymentFailed(str(error)) from error
    return answer.json()["reference"]
