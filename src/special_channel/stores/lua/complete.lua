-- COMPLETE   KEYS due meta   ARGV token, id*
-- Removes only what this token still holds: whoever lost its lease removes nothing, and what
-- was scheduled anew meanwhile stays. Returns how many went.
local gone = 0
for i = 2, #ARGV do
  local token = string.match(redis.call('HGET', KEYS[2], ARGV[i]) or '', '^%d+|([^|]*)|')
  if token == ARGV[1] then
    redis.call('HDEL', KEYS[2], ARGV[i])
    gone = gone + redis.call('ZREM', KEYS[1], ARGV[i])
  end
end
return gone
