using System.Text;
using Scheduler.Bbs.Storage;
using Scheduler.Bbs.Storage.Encryption;
using Scheduler.Models;

namespace Scheduler.Tests.Unit.Bbs.Storage.Encryption;

public sealed class PayloadCipherTests
{
    private static readonly byte[] Value = Encoding.UTF8.GetBytes("hunter2");

    [Fact]
    public void What_is_sealed_is_opened()
    {
        using var cipher = Cipher("a", ("a", 1));
        Assert.Equal(Value, cipher.Open(cipher.Seal(Value, "task job"), "task job"));
        Assert.Empty(cipher.Open(cipher.Seal([], "task job"), "task job"));
    }

    [Fact]
    public void The_same_value_is_never_sealed_the_same()
    {
        using var cipher = Cipher("a", ("a", 1));
        Assert.NotEqual(cipher.Seal(Value, "task job"), cipher.Seal(Value, "task job"));
    }

    [Fact]
    public void Without_a_key_the_value_is_plain_behind_a_byte_0()
    {
        using var cipher = new PayloadCipher(StorageKeys.None);
        Assert.Equal([0, .. Value], cipher.Seal(Value, "task job"));
        Assert.Equal(Value, cipher.Open(cipher.Seal(Value, "task job"), "task job"));
    }

    [Fact]
    public void An_older_key_still_reads()
    {
        using var before = Cipher("old", ("old", 1));
        using var after = Cipher("new", ("old", 1), ("new", 2));
        Assert.Equal(Value, after.Open(before.Seal(Value, "task job"), "task job"));
    }

    [Fact]
    public void A_value_cannot_be_moved_to_another_row()
    {
        using var cipher = Cipher("a", ("a", 1));
        Assert.Throws<StoreException>(() => cipher.Open(cipher.Seal(Value, "task job"), "task other"));
    }

    [Fact]
    public void Every_changed_byte_is_noticed()
    {
        using var cipher = Cipher("a", ("a", 1));
        var stored = cipher.Seal(Value, "task job");
        for (var i = 1; i < stored.Length; i++)
        {
            var changed = (byte[])stored.Clone();
            changed[i] ^= 0x55;
            Assert.Throws<StoreException>(() => cipher.Open(changed, "task job"));
            Assert.Throws<StoreException>(() => cipher.Open(stored.AsSpan(0, i), "task job"));
        }
        Assert.Throws<StoreException>(() => cipher.Open([], "task job"));
        Assert.Contains("format 9", Assert.Throws<StoreException>(() => cipher.Open([9, 1], "task job")).Message);
    }

    [Fact]
    public void Keys_that_break_a_rule_are_named_and_not_shown()
    {
        var error = Assert.Throws<DomainException>(() => new StorageKeys("missing", [new("short", new byte[16])]));
        Assert.Equal(["storage.keys[short]", "storage.active_key"], error.Error.Violations.Select(violation => violation.Field));
    }

    private static PayloadCipher Cipher(string active, params (string Label, byte Fill)[] keys) =>
        new(
            new StorageKeys(
                active,
                keys.Select(key => new KeyValuePair<string, byte[]>(key.Label, [.. Enumerable.Repeat(key.Fill, StorageKeys.KeyBytes)]))
            )
        );
}
