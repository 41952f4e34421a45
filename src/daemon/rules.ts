import { type AccessRules, openAccess } from '../access/access-rules.ts'
import { createPolicyRules } from '../access/policy-rules.ts'
import { createSwappableAccess, type SwappableAccess, withRightsInKey } from '../access/swappable-access.ts'
import type { Config } from '../config/config.ts'
import type { Logger } from '../logging.ts'
import { createEventMapper, type EventMapper } from '../mapping/event-mapper.ts'
import { compileRules, type RuleSet } from '../mapping/rule-set.ts'
import { RuleFailures } from '../operations/rule-failures.ts'
import type { Rooms } from './rooms.ts'

export interface RulesOptions {
  readonly config: Config
  readonly logger: Logger
  readonly rooms: Rooms
}

/** What a configuration makes of changes, and who may see that: in force now, and exchangeable as a whole. */
export class Rules {
  readonly access: SwappableAccess
  readonly failures: RuleFailures
  readonly #options: RulesOptions
  #ofTables: RuleSet
  #toEvents: EventMapper

  /** @throws RTB_RULE_INVALID */
  constructor(options: RulesOptions) {
    this.#options = options
    const log = options.logger.child({ part: 'rules' })
    this.failures = new RuleFailures(failure => log.warn(failure, 'rule failed'), Date.now)
    this.#ofTables = compileRules(options.config.tables)
    this.#toEvents = this.#createMapper(this.#ofTables)
    this.access = createSwappableAccess(this.#createAccess(options.config))
  }

  /** Maps by the rules that are in force when it is called: a batch is never mapped by two of them. */
  readonly toEvents: EventMapper = (changes, incarnation) => this.#toEvents(changes, incarnation)

  /** What is made of the changes of a table. */
  get ofTables(): RuleSet {
    return this.#ofTables
  }

  /**
   * Makes everything of another configuration, and changes nothing yet.
   * @returns puts it in force, in one step
   * @throws RTB_RULE_INVALID
   */
  prepare(config: Config): () => void {
    const ofTables = compileRules(config.tables)
    const toEvents = this.#createMapper(ofTables)
    const useRooms = this.#options.rooms.prepare(config)
    const access = this.#createAccess(config)
    return () => {
      this.#ofTables = ofTables
      this.#toEvents = toEvents
      this.failures.forget()
      useRooms()
      this.access.replace(access)
    }
  }

  #createMapper(rules: RuleSet): EventMapper {
    return createEventMapper(rules, failure => this.failures.add(failure))
  }

  #createAccess({ policies }: Config): AccessRules {
    const { logger, rooms } = this.#options
    const log = logger.child({ part: 'policies' })
    const base =
      policies === null
        ? openAccess
        : createPolicyRules(policies, problem => log.error({ err: problem }, 'policy cannot be kept'))
    return rooms.guard(withRightsInKey(base, policies))
  }
}
