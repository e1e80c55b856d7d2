-- CANCEL   KEYS due meta   ARGV (id, generation)*
-- Removes generations up to the named one; a newer one stays. Returns how many went.
local gone = 0
for i = 1, #ARGV, 2 do
  local held = tonumber(string.match(redis.call('HGET', KEYS[2], ARGV[i]) or '', '^%d+')) or -1
  if held <= tonumber(ARGV[i + 1]) then
    redis.call('HDEL', KEYS[2], ARGV[i])
    gone = gone + redis.call('ZREM', KEYS[1], ARGV[i])
  end
end
return gone
