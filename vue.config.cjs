// The dev app around the extensions: Rancher's own dashboard, compiled without ours, which then loads them as it would in production.
const config = require('@rancher/shell/vue.config');

module.exports = config(__dirname, { excludes: ['domain', 'tartware'] });
