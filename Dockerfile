# The service in a container: built in two stages, runs as a user of its own, reads the database's address from the environment.
FROM node:22-bookworm-slim AS pages
WORKDIR /pages
COPY web/package.json web/package-lock.json ./
RUN npm ci --ignore-scripts --no-audit --no-fund

FROM python:3.11-slim-bookworm AS build
RUN python -m venv /opt/geo-housing
WORKDIR /src
COPY requirements.txt ./
RUN /opt/geo-housing/bin/pip install --no-cache-dir --require-hashes -r requirements.txt

FROM python:3.11-slim-bookworm
# pg_dump and pg_restore, for db backup and db restore.
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client-15 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --create-home --home-dir /var/lib/geo-housing --uid 10001 geo-housing
COPY --from=build /opt/geo-housing /opt/geo-housing
WORKDIR /app
COPY geo_housing ./geo_housing
COPY data/boundaries ./data/boundaries
COPY web/templates ./web/templates
COPY web/static ./web/static
COPY web/package.json ./web/package.json
COPY --from=pages /pages/node_modules ./web/node_modules
# The command by its name, from any folder: the package is used where it lies, beside its pages and outlines.
RUN echo /app > "$(/opt/geo-housing/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/geo-housing.pth" \
    && printf '#!/opt/geo-housing/bin/python\nfrom geo_housing.cli import main\nmain()\n' > /opt/geo-housing/bin/geo-housing \
    && chmod 755 /opt/geo-housing/bin/geo-housing
ENV PATH=/opt/geo-housing/bin:$PATH PYTHONUNBUFFERED=1 GEO_HOUSING_HOME=/var/lib/geo-housing
USER geo-housing
VOLUME /var/lib/geo-housing
EXPOSE 8000
ENTRYPOINT ["geo-housing"]
CMD ["up", "--host", "0.0.0.0", "--workers", "0"]
