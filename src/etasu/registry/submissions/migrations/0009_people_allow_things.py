"""Somebody with an account allows things as themselves, and not only patients and participants."""

from django.db import migrations, models

KINDS = [("patient", "Patient"), ("participant", "Participant"), ("person", "Person")]


class Migration(migrations.Migration):
    dependencies = [("submissions", "0008_document_guards")]
    operations = [
        migrations.AlterField(model, "subject_kind", models.TextField(choices=KINDS))
        for model in ("consent", "consentlink", "draft", "signedform")
    ]
