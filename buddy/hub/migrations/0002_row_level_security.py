"""The second wall (R27): PostgreSQL shows these rows only to their organization. SQLite has no such thing."""

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from buddy.hub import bulk


def protect(apps: Apps, editor: BaseDatabaseSchemaEditor) -> None:
    if editor.connection.vendor == "postgresql":
        for model in apps.get_app_config("hub").get_models():
            if any(field.attname == "organization_id" for field in model._meta.concrete_fields):
                bulk.protect(model)


class Migration(migrations.Migration):
    dependencies = [("hub", "0001_initial")]
    operations = [migrations.RunPython(protect, migrations.RunPython.noop)]
