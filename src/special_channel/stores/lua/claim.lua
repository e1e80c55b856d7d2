-- CLAIM   KEYS due meta epoch   ARGV limit lease_ms token
-- Leases what is visible, oldest first, by moving its score to the lease's end: a lease that
-- runs out is due again by itself, so there is nothing to reap.
-- Returns now_ms, epoch or '', next visible ms or '', then a list of id, generation, attempt.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local epoch = redis.call('GET', KEYS[3]) or ''
local ids = redis.call('ZRANGE', KEYS[1], '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])
if #ids == 0 then
  local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
  return {now, epoch, first[2] or '', {}}
end
local metas = redis.call('HMGET', KEYS[2], unpack(ids))
local scores, leases, out = {}, {}, {}
for i, id in ipairs(ids) do
  local gen, attempts = string.match(metas[i] or '', '^(%d+)|[^|]*|(%d+)$')
  gen = gen or '0'
  attempts = (tonumber(attempts) or 0) + 1
  scores[#scores + 1] = now + ARGV[2]
  scores[#scores + 1] = id
  leases[#leases + 1] = id
  leases[#leases + 1] = gen .. '|' .. ARGV[3] .. '|' .. attempts
  out[#out + 1] = id
  out[#out + 1] = gen
  out[#out + 1] = attempts
end
redis.call('ZADD', KEYS[1], 'XX', unpack(scores))
redis.call('HSET', KEYS[2], unpack(leases))
return {now, epoch, '', out}
