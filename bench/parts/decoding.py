"""The yardstick: fetch the pages of a first sync with the same client and the same prefetch, decode every body."""

from __future__ import annotations

from bench.parts import REALM, UNLIMITED, measured, set_up


def main() -> None:
    set_up()
    from django.conf import settings

    from buddy.quickbooks.client import Client
    from buddy.quickbooks.http import Http, Limiter
    from buddy.sync.pull import EVERY, LARGE, LISTS, SMALL

    with Http(limiter=Limiter(**UNLIMITED)) as http, measured() as figures:
        client = Client(
            api_url=settings.QUICKBOOKS_API_URL, realm=REALM, http=http, access_token=lambda _force: "token"
        )
        records = 0
        for entity in (*SMALL, *LARGE):
            where = EVERY if entity in LISTS else ""
            total = client.count(entity, where) if entity in LARGE else None
            for page in client.pages(entity, where, total=total):
                records += sum(1 for record in page.records if record.body)
        figures.more["records"] = records
    figures.tell()


if __name__ == "__main__":
    main()
