import { onBeforeUnmount, onMounted } from 'vue';
import type { Ref } from 'vue';

/**
 * Keeps the row that has the focus free of something that sticks to the bottom of the view: also when that grows or appears while
 * the row is being worked in. Browsers scroll a focused control into the view, not out from under what covers it.
 */
export function useKeepClear(cover: Ref<HTMLElement | null>): void {
  let observer: ResizeObserver | undefined;

  function keepClear(): void {
    const row = document.activeElement?.closest('tr');

    if (!row || !cover.value || cover.value.contains(row)) return;
    const covered = row.getBoundingClientRect().bottom - cover.value.getBoundingClientRect().top;

    if (covered > 0) scrollerOf(row)?.scrollBy({ top: covered, behavior: 'instant' });
  }

  onMounted(() => {
    document.addEventListener('focusin', keepClear);
    observer = new ResizeObserver(keepClear);
    if (cover.value) observer.observe(cover.value);
  });
  onBeforeUnmount(() => {
    document.removeEventListener('focusin', keepClear);
    observer?.disconnect();
  });
}

/** The nearest ancestor that can be scrolled up and down. */
function scrollerOf(element: Element): Element | undefined {
  for (let ancestor = element.parentElement; ancestor; ancestor = ancestor.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(ancestor).overflowY) && ancestor.scrollHeight > ancestor.clientHeight) return ancestor;
  }

  return undefined;
}
