import { Bookings } from './bookings.tsx'
import { ConnectionBadge } from './connection-badge.tsx'
import { Messages } from './messages.tsx'
import { People } from './people.tsx'
import { Queue } from './queue.tsx'

/** The whole page. */
export function Board() {
  return (
    <>
      <header>
        <h1>
          Wasla <span lang="ar">وصلة</span>
        </h1>
        <ConnectionBadge />
      </header>
      <main>
        <Queue />
        <div className="side">
          <Bookings />
          <Messages />
          <People />
        </div>
      </main>
    </>
  )
}
