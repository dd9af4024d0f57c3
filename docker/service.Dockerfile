# One of the nine services: docker build --file docker/service.Dockerfile --build-arg SERVICE=core --tag tartware/core:0.1.0 .
ARG NODE_VERSION=24.21.0

FROM node:${NODE_VERSION}-slim AS packages
ARG SERVICE
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY services/kit/package.json services/kit/
COPY services/${SERVICE}/package.json services/${SERVICE}/
# What one service and the kit need to run, as the lock file has it. What only a developer's editor reads is 40 % of it.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund --workspace "services/${SERVICE}" \
  && find . -path '*/node_modules/*' -type f \( -name '*.map' -o -name '*.d.ts' -o -name '*.d.mts' -o -name '*.d.cts' -o -name '*.md' \) -delete \
  && rm package-lock.json .npmrc

FROM node:${NODE_VERSION}-slim AS service
ARG SERVICE
ENV NODE_ENV=production
COPY --from=packages /app /app
COPY services/kit /app/services/kit
COPY services/${SERVICE} /app/services/${SERVICE}
WORKDIR /app/services/${SERVICE}
USER 1000:1000
EXPOSE 8080 9090
ENTRYPOINT ["node", "main.ts"]
CMD ["serve"]

# The maker of demo hotels, which computes with the services' own functions: --target seed --build-arg SERVICE=seed
FROM service AS seed
COPY services /app/services
CMD ["--help"]

# What is built unless a target is named.
FROM service
