import js from '@eslint/js';
import vue from 'eslint-plugin-vue';
import tseslint from 'typescript-eslint';

const tests = ['**/*.test.ts', '**/*.spec.ts', 'e2e/**'];

/** Globals that plain JavaScript files may use; TypeScript files are checked by the compiler instead. */
const nodeGlobals = Object.fromEntries(
  ['console', 'process', 'URL', 'module', 'require', '__dirname', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval', 'performance', 'fetch', 'AbortSignal', 'Buffer']
    .map((name) => [name, 'readonly']),
);

// No rule here needs type information: the type check is a step of its own, and linting stays a matter of seconds on two cores.
export default tseslint.config(
  { ignores: ['**/node_modules/', '**/dist/', '**/dist-pkg/', '**/tmp/', '**/coverage/', '**/test-results/', '**/playwright-report/', '**/.shell/'] },
  js.configs.recommended,
  tseslint.configs.strict,
  vue.configs['flat/recommended'],
  { files: ['**/*.vue'], languageOptions: { parserOptions: { parser: tseslint.parser } } },
  { files: ['**/*.{js,cjs,mjs}'], languageOptions: { globals: nodeGlobals } },
  {
    rules: {
      eqeqeq: 'error',
      complexity: ['error', 15],
      'max-depth': ['error', 4],
      'max-params': ['error', 5],
      'no-warning-comments': ['error', { terms: ['todo', 'fixme', 'xxx'] }],
      'prefer-const': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      // Rancher's extensions hand their package.json to the shell this way.
      '@typescript-eslint/no-require-imports': ['error', { allow: ['package\\.json$'] }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      // Layout inside templates is left to the author; these rules have no bearing on behaviour.
      'vue/max-attributes-per-line': 'off',
      'vue/singleline-html-element-content-newline': 'off',
      'vue/html-self-closing': 'off',
      'vue/html-closing-bracket-newline': 'off',
    },
  },
  { files: ['**/*.cjs'], languageOptions: { sourceType: 'commonjs' }, rules: { '@typescript-eslint/no-require-imports': 'off' } },
  // TypeScript resolves names itself; no-undef would only repeat it without knowing the DOM or the types.
  { files: ['**/*.{ts,vue}'], rules: { 'no-undef': 'off' } },
  {
    files: ['**/*.ts'],
    ignores: tests,
    rules: {
      'max-lines': ['error', { max: 300 }],
      // A function is 40 lines as a rule; the limit leaves room for the exception that a reader would accept.
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
    },
  },
  { files: ['**/*.vue'], rules: { 'vue/max-lines-per-block': ['error', { template: 120, script: 150 }], 'max-lines': ['error', { max: 200 }] } },
  // Pages are named after their folder, as Rancher's own are.
  { files: ['**/pages/**/*.vue', '**/routing/**/*.vue'], rules: { 'vue/multi-word-component-names': 'off' } },
  {
    files: tests,
    rules: {
      'no-restricted-properties': ['error', ...['test', 'it', 'describe'].flatMap((object) => ['only', 'skip', 'todo', 'skipIf', 'fixme']
        .map((property) => ({ object, property, message: 'Every test runs, everywhere: start what it needs instead.' })))],
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
