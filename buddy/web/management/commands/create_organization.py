"""Sets up an empty installation from the command line, as its set-up page does in the browser."""

from getpass import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from buddy.hub import members
from buddy.hub.errors import Refused
from buddy.hub.team import User


class Command(BaseCommand):
    help = "Create the organization and its first admin. Says so, and changes nothing, where that person exists."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--name", required=True, help="name of the organization")
        parser.add_argument("--email", required=True, help="the admin signs in with this address")
        parser.add_argument("--person", default="", help="the admin's own name")
        parser.add_argument("--password", help="asked for when left out")

    def handle(self, *args: Any, name: str, email: str, person: str, password: str | None, **options: Any) -> None:
        if User.objects.filter(email__iexact=email).exists():
            self.stdout.write(f"{email} can sign in already.")
            return
        try:
            members.set_up(
                organization_name=name,
                name=person,
                email=email,
                password=password or getpass(f"Password for {email}: "),
            )
        except Refused as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{email} can sign in as admin of {name}.")
