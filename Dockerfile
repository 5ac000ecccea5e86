# One image, three commands: `web` (the default), `pool` and `worker`.
ARG BASE_IMAGE=python:3.13-slim

FROM ${BASE_IMAGE} AS build
COPY requirements.txt /tmp/requirements.txt
RUN python -m venv /opt/venv \
    && /opt/venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r /tmp/requirements.txt

FROM ${BASE_IMAGE}
RUN useradd --system --uid 10001 --home-dir /srv/piigate piigate \
    && mkdir -p /srv/piigate/instance /srv/piigate/logs /srv/piigate/error_reports \
    && chown -R piigate /srv/piigate
COPY --from=build /opt/venv /opt/venv
WORKDIR /app
COPY wsgi.py gunicorn.conf.py ./
COPY deploy/entrypoint.sh /usr/local/bin/piigate
COPY alerting ./alerting
COPY tasks ./tasks
COPY flaskapp ./flaskapp
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PIIGATE_HOME=/srv/piigate \
    HOST=0.0.0.0 \
    LOG_FILE=-
USER 10001
VOLUME ["/srv/piigate"]
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s \
    CMD ["python", "-c", "import http.client, os, sys; gate = http.client.HTTPConnection('127.0.0.1', os.environ.get('PORT') or 8000, timeout=4); gate.request('GET', '/readyz'); sys.exit(gate.getresponse().status != 200)"]
ENTRYPOINT ["piigate"]
CMD ["web"]
