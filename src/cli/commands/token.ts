import { type Command, Option } from 'commander'
import type { Bind } from '../bind.ts'

const afterCheck = `
The token is read from standard input, or from --file: what stands on the command line is in the list of processes.
Exit code 5 when the hub would refuse it.`

/** `rtbridge token create|check|list|revoke|restore` */
export function addTokenCommand(program: Command, bind: Bind): void {
  const token = program
    .command('token')
    .description('make, check, list and take back keys and tokens of apps')
  token
    .command('create')
    .description('make a key, and print it once with the lines for rtbridge.yaml; with --jwt a signed token')
    .argument('<name>', 'name of the key; with --jwt the user')
    .option('--roles <list>', 'roles, with commas between them')
    .option('--tenant <name>', 'the tenant it belongs to')
    .option('--user <name>', 'who a key stands for; default its name')
    .option('--jwt', 'a JSON Web Token instead of a key, with issuer, audience and claims of auth.jwt')
    .option('--expires <duration>', 'how long the JSON Web Token is good, such as 8h', '8h')
    .option('--private-key-file <file>', 'private key in PEM that signs it; default auth.jwt.secret')
    .option('--algorithm <name>', 'how it is signed; default what suits the key')
    .option('--key-id <kid>', 'which key of a JWKS that is')
    .action(bind(async () => (await import('../token/run-create.ts')).runCreate))
  token
    .command('check')
    .description('say what the hub makes of a token, or why it refuses it')
    .argument('[token]', '- or nothing: standard input')
    .option('--file <file>', 'a file that holds it')
    .addHelpText('after', afterCheck)
    .action(bind(async () => (await import('../token/run-check.ts')).runTokenCheck))
  token
    .command('list')
    .description('list the configured keys, and what is revoked')
    .action(bind(async () => (await import('../token/run-list.ts')).runList))
  addTargets(token.command('revoke'))
    .description('take back a key, a token, or everything a user was given before now, at all hubs')
    .option('--expires <duration>', 'forget it after this, when the token has expired anyway; default never')
    .action(bind(async () => (await import('../token/run-revoke.ts')).runRevoke))
  addTargets(token.command('restore'))
    .description('take a revocation back')
    .action(bind(async () => (await import('../token/run-revoke.ts')).runRestore))
}

function addTargets(command: Command): Command {
  return command
    .addOption(new Option('--key <name>', 'a key of auth.keys').conflicts(['jti', 'user', 'file']))
    .addOption(new Option('--jti <id>', 'the id of a JSON Web Token').conflicts(['user', 'file']))
    .addOption(new Option('--user <name>', 'a user: everything issued before now').conflicts(['file']))
    .option('--file <file>', 'a file that holds the token; - = standard input')
}
