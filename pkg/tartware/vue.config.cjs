const shell = require('@rancher/shell/pkg/vue.config')(__dirname);

module.exports = {
  ...shell,
  chainWebpack(config) {
    // vue-tsc checks types strictly (npm run typecheck); the build's own checker would only repeat it with looser options,
    // and report errors inside @rancher/shell, which ships its sources.
    config.plugins.delete('fork-ts-checker');
    // Babel leaves modern syntax alone (see @rancher/shell/babel.config.js), so the typings of `lib` are the only concern of tsconfig.
    config.module.rule('ts').use('ts-loader').tap((options) => ({ ...options, configFile: require.resolve('./tsconfig.json') }));
  },
};
