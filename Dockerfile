# The image of Airflow's services and of luigid: Airflow, Luigi, and the plugin as a wheel. DAGs and pipelines
# are mounted, so a change of theirs needs no new image.
ARG PYTHON_IMAGE=python:3.11.14-slim-bookworm

FROM ${PYTHON_IMAGE} AS build
ARG UV_VERSION=0.13.9
ENV UV_HTTP_TIMEOUT=180 UV_NO_CACHE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
WORKDIR /build
RUN pip install --no-cache-dir --quiet --root-user-action=ignore uv==${UV_VERSION}
COPY requirements.txt requirements-celery.txt ./
RUN uv venv --quiet --python python3 /opt/venv \
    && uv pip install --quiet --compile-bytecode --python /opt/venv/bin/python \
        -r requirements.txt -r requirements-celery.txt
COPY pyproject.toml README.md LICENSE requirements-dev.txt ./
COPY plugins/airflow_luigi plugins/airflow_luigi
RUN uv build --quiet --wheel --build-constraints requirements-dev.txt --out-dir wheels \
    && uv pip install --quiet --compile-bytecode --no-deps --python /opt/venv/bin/python wheels/*.whl

FROM ${PYTHON_IMAGE}
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1
# A volume that is empty takes over the owner and the rights of the folder that it covers.
RUN useradd --uid 50000 --gid 0 --home-dir /opt/airflow --no-create-home airflow \
    && install -d -o airflow -g 0 /opt/airflow /opt/airflow/logs /opt/airflow/output /var/lib/luigid \
    && install -d -o airflow -g 0 /secrets/airflow /secrets/postgres /secrets/redis
COPY --from=build /opt/venv /opt/venv
WORKDIR /opt/airflow
USER 50000:0
CMD ["airflow", "version"]
