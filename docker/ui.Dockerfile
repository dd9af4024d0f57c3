# The extension and the server that hands it to Rancher: docker build --file docker/ui.Dockerfile --tag tartware/ui:0.1.0 .
ARG NODE_VERSION=24.21.0

FROM node:${NODE_VERSION}-slim AS bundle
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY pkg/domain/package.json pkg/domain/
COPY pkg/tartware/package.json pkg/tartware/
RUN npm ci --no-audit --no-fund --include-workspace-root --workspace pkg/domain --workspace pkg/tartware
COPY babel.config.cjs tsconfig.json tsconfig.base.json vue.config.cjs ./
COPY pkg pkg
# Source maps are three quarters of it, and the server hands out none.
RUN npm run build:extension \
  && mv "dist-pkg/tartware-$(node -p "require('./pkg/tartware/package.json').version")" /bundle \
  && rm -f /bundle/*.map

FROM node:${NODE_VERSION}-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY services/extension-server/package.json services/extension-server/
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --workspace services/extension-server \
  && find . -path '*/node_modules/*' -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.md' \) -delete \
  && rm package-lock.json .npmrc

FROM node:${NODE_VERSION}-slim
ENV NODE_ENV=production BUNDLE_FOLDER=/app/bundle
COPY --from=packages /app /app
COPY services/extension-server /app/services/extension-server
COPY --from=bundle /bundle /app/bundle
WORKDIR /app/services/extension-server
USER 1000:1000
EXPOSE 8080
ENTRYPOINT ["node", "main.ts"]
