// The dev app of this repository with one thing settled: all of the dashboard runs on the Vue that @rancher/shell pins.
// npm may put a second, newer Vue beside it for other packages, and components of one don't live in an app of the other.
const { dirname } = require('node:path');
const app = require('../../vue.config.cjs');

const shell = dirname(require.resolve('@rancher/shell/package.json'));
const vue = dirname(require.resolve('vue/package.json', { paths: [shell] }));

module.exports = {
  ...app,
  configureWebpack(config) {
    app.configureWebpack(config);
    config.resolve.alias.vue$ = vue;
  },
};
