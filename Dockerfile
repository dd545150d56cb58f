# One image for the web server and the worker. It runs as an ordinary account and needs a
# PostgreSQL 15 or newer, named by DATABASE_URL; without one it runs its own, for trying out.
FROM python:3.11-slim-bookworm AS build
WORKDIR /source
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements requirements
RUN pip install --require-hashes --requirement requirements/dev.txt
RUN python -m venv /opt/etasu \
    && /opt/etasu/bin/pip install --require-hashes --requirement requirements/base.txt
COPY . .
RUN python -m build --wheel --no-isolation \
    && /opt/etasu/bin/pip install --no-deps dist/*.whl

FROM python:3.11-slim-bookworm
RUN useradd --system --create-home --home-dir /var/lib/etasu etasu
COPY --from=build /opt/etasu /opt/etasu
ENV PATH=/opt/etasu/bin:$PATH ETASU_HOME=/var/lib/etasu PYTHONUNBUFFERED=1
USER etasu
VOLUME /var/lib/etasu
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "-c", \
    "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
CMD ["etasu", "serve", "--host", "0.0.0.0", "--port", "8000"]
