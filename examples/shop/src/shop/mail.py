"""Order confirmations. Without a mail host they go to the log, which is what laptops want."""

import logging
import os
import smtplib
from email.message import EmailMessage

from shop.settings import Settings

log = logging.getLogger(__name__)

SMTP_HOST = os.getenv("SHOP_SMTP_HOST", "")
SMTP_PORT = int(os.getenv("SHOP_SMTP_PORT", "25"))
SMTP_TIMEOUT = 10


def confirm_order(settings: Settings, to: str, order_id: int) -> None:
    message = EmailMessage()
    message["From"] = settings.support_email
    message["To"] = to
    message["Subject"] = f"Your order {order_id}"
    message.set_content(f"Thank you. Follow it at {settings.base_url}orders/{order_id}")
    if not SMTP_HOST:
        log.info("no mail host: the confirmation of order %s was not sent", order_id)
        return
    with smtplib.SMTP(SMTP_HOST, SMTP_PORT, timeout=SMTP_TIMEOUT) as server:
        server.send_message(message)
