"""What the platform prints: forms, certificates and documents, as PDF of letter size.

- `forms.form_pdf` prints a form of a program, blank to fill in by hand or filled in and signed.
- `certificates.certificate_pdf` prints the certificate of a participant.
- `materials.material_pdf` prints a document of a program; `screen.document_html` shows the same
  document on a page.

All of them take plain values and give bytes: no clock, no database, no files but the fonts. The
same values always give the same bytes. Words from outside are never read as markup: a paragraph is
made of runs (`words.paragraph`), not of text with tags. Who prints is a `sheet.Printing`.
"""
