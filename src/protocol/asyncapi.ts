export function createAsyncApiDocument(): object {
  return {}
}
