const shell = require('@rancher/shell/pkg/vue.config')(__dirname);

module.exports = {
  ...shell,
  chainWebpack(config) {
    // vue-tsc checks types strictly (npm run typecheck); the build's own checker would only repeat it with looser options,
    // and report errors inside @rancher/shell, which ships its sources.
    config.plugins.delete('fork-ts-checker');
    // The shell's own components import types without saying `type`; with our stricter setting these would stay in the bundle as imports.
    config.module.rule('ts').use('ts-loader').tap((options) => ({ ...options, compilerOptions: { verbatimModuleSyntax: false } }));
  },
};
