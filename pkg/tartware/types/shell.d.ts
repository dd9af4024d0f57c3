/** Components of the shell that are written in JavaScript, as far as we use them. */
declare module '@shell/components/Loading.vue' {
  import type { DefineComponent } from 'vue';

  const Loading: DefineComponent<{ loading?: boolean; mode?: 'content' | 'main' | 'relative'; noDelay?: boolean }>;

  export default Loading;
}
