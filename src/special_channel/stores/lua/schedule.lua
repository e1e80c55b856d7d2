-- Keys and units of all timer scripts; nothing confidential is kept here.
--   KEYS[1]  due    ZSET    member id, score = ms since 1970 when next visible (due, or end of lease)
--   KEYS[2]  meta   HASH    id -> generation|token|attempts; token empty = not leased
--   KEYS[3]  epoch  STRING  written after a full rebuild; absent = Redis was lost
--
-- SCHEDULE   KEYS due meta   ARGV mode, then (id, generation, due_ms)*
-- mode set: writes a generation that is not older than the one held, and ends any lease.
-- mode nx:  writes what is missing or newer; what is held as it is keeps its lease.
-- Returns how many were written.
local written = 0
for i = 2, #ARGV, 3 do
  local id, gen, due = ARGV[i], tonumber(ARGV[i + 1]), ARGV[i + 2]
  local held, _, attempts = string.match(
    redis.call('HGET', KEYS[2], id) or '', '^(%d+)|([^|]*)|(%d+)$')
  held = tonumber(held) or -1
  local write
  if ARGV[1] == 'nx' then
    write = gen > held or (gen == held and not redis.call('ZSCORE', KEYS[1], id))
  else
    write = gen >= held
  end
  if write then
    if gen > held then attempts = '0' end
    redis.call('ZADD', KEYS[1], due, id)
    redis.call('HSET', KEYS[2], id, ARGV[i + 1] .. '||' .. attempts)
    written = written + 1
  end
end
return written
