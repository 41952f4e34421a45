export function createOpenApiDocument(): object {
  return {}
}
