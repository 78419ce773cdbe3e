# Builds with docker, podman and buildah alike: docker build -t segue .
ARG NODE=24-bookworm-slim

FROM docker.io/library/node:${NODE} AS packages
WORKDIR /segue
COPY package.json package-lock.json ./
# The image brings Node itself; the copy that npm would run for older systems is left out.
RUN npm ci --omit=dev --no-audit --no-fund \
  && rm -rf node_modules/node node_modules/node-bin-* node_modules/.bin/node

FROM docker.io/library/node:${NODE}
ENV NODE_ENV=production HOST=0.0.0.0 DATA_DIR=/data
WORKDIR /segue
COPY --from=packages /segue/node_modules node_modules
COPY package.json ./
COPY bin bin
COPY src src
COPY adapters adapters
COPY skills skills
COPY locales locales
# Types are stripped and code is compiled once, here, by a rehearsal: the root of a running container is read-only.
RUN (DATA_DIR=/tmp/warm PORT=8799 timeout --signal=TERM 20 node bin/segue.js rehearse >/dev/null || true) \
  && test -d node_modules/.cache/segue && rm -rf /tmp/warm && mkdir /data && chown node:node /data
USER node
VOLUME /data
EXPOSE 8765
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 8765}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "--max-semi-space-size=16", "bin/segue.js"]
CMD ["serve"]
