-- RELEASE   KEYS due meta   ARGV token, (id, visible_ms)*
-- Gives back before the lease ends, keeping the count of attempts; only what this token
-- still holds. Returns how many were given back.
local back = 0
for i = 2, #ARGV, 2 do
  local gen, token, attempts = string.match(
    redis.call('HGET', KEYS[2], ARGV[i]) or '', '^(%d+)|([^|]*)|(%d+)$')
  if token == ARGV[1] then
    redis.call('ZADD', KEYS[1], ARGV[i + 1], ARGV[i])
    redis.call('HSET', KEYS[2], ARGV[i], gen .. '||' .. attempts)
    back = back + 1
  end
end
return back
