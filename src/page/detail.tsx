/** What is known of one row, beside the page. It takes the focus, and Escape gives it back. */

import type { ComponentChildren } from 'preact'
import { useEffect, useRef } from 'preact/hooks'

interface DetailProps {
  readonly title: string
  readonly children: ComponentChildren
  onClose(): void
}

export function Detail({ title, children, onClose }: DetailProps) {
  const head = useRef<HTMLHeadingElement>(null)
  useEffect(() => head.current?.focus(), [title])
  return (
    <aside
      class="detail"
      aria-label={title}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose()
      }}
    >
      <div class="card-head">
        <h2 ref={head} tabIndex={-1}>
          <code>{title}</code>
        </h2>
        <button type="button" class="close" onClick={onClose}>
          Close <kbd>Esc</kbd>
        </button>
      </div>
      {children}
    </aside>
  )
}
