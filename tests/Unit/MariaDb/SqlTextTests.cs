using FsCheck;
using FsCheck.Fluent;
using Scheduler.MariaDb.Sql;

namespace Scheduler.Tests.Unit.MariaDb;

public sealed class SqlTextTests
{
    private static readonly SqlDialect Ordinary = default;

    [Theory]
    [InlineData("SELECT @a, @b", "@a,@b")]
    [InlineData("SELECT ?, ?name", "?,?name")]
    [InlineData("VALUES (@p0,@p1),(@p10,@p_1)", "@p0,@p1,@p10,@p_1")]
    [InlineData("SELECT @@max_allowed_packet, @@session.sql_mode, @x", "@x")]
    [InlineData("SELECT '@a', \"@b\", `@c`, @d", "@d")]
    [InlineData("SELECT 'it''s @a', @b", "@b")]
    [InlineData(@"SELECT 'it\'s @a', @b", "@b")]
    [InlineData(@"SELECT `back\`, @b", "@b")]
    [InlineData("SELECT 1 -- @a\n, @b", "@b")]
    [InlineData("SELECT 5--@a", "@a")]
    [InlineData("SELECT 1 # @a\n, @b", "@b")]
    [InlineData("SELECT /* @a '*/ @b /* @c", "@b")]
    [InlineData("GRANT ALL ON x TO 'u'@'%'", "")]
    [InlineData("SELECT 'unclosed @a", "")]
    [InlineData("", "")]
    public void Parameters_are_found_in_code_only(string text, string expected) => Assert.Equal(expected, Found(text, Ordinary));

    [Fact]
    public void The_sql_mode_decides_where_a_string_ends()
    {
        const string backslash = @"SELECT 'a\', @a, 'b'";
        Assert.Equal("", Found(backslash, Ordinary));
        Assert.Equal("@a", Found(backslash, new SqlDialect(NoBackslashEscapes: true, AnsiQuotes: false)));
        const string quoted = "SELECT \"a\\\", @a, \"b\"";
        Assert.Equal("", Found(quoted, Ordinary));
        Assert.Equal("@a", Found(quoted, new SqlDialect(NoBackslashEscapes: false, AnsiQuotes: true)));
    }

    /// <summary>What is written for a text must be one string literal to the very scanner that looks for code.</summary>
    [Fact]
    public void No_value_gets_out_of_its_literal()
    {
        var awkward = Gen.Elements('\'', '"', '\\', '`', '\0', '\n', '@', '?', '-', '#', '/', '*', 'x', 'ß', '世').ArrayOf().Select(static c => new string(c));
        Check.QuickThrowOnFailure(Prop.ForAll(awkward.ToArbitrary(), static value =>
        {
            foreach (var dialect in new[] { Ordinary, new SqlDialect(true, false), new SqlDialect(false, true), new SqlDialect(true, true) })
            {
                using var buffer = new StatementBuffer();
                Literals.Write(buffer, value, dialect);
                var literal = StrictUtf8.Encoding.GetString(buffer.Written);
                if (Unquoted(literal, dialect) != value) return false;
            }

            return true;
        }));
    }

    [Fact]
    public void Bytes_are_escaped_the_same_way()
    {
        var bytes = Enumerable.Range(0, 256).Select(static i => (byte)i).ToArray();
        foreach (var dialect in new[] { Ordinary, new SqlDialect(true, false) })
        {
            using var buffer = new StatementBuffer();
            Literals.Write(buffer, bytes, dialect);
            var expected = new List<byte>("_binary'"u8.ToArray());
            foreach (var b in bytes)
            {
                expected.Add(b);
                if (b == '\'' || (b == '\\' && !dialect.NoBackslashEscapes)) expected.Add(b);
            }

            expected.Add((byte)'\'');
            Assert.Equal(expected, buffer.Written.ToArray());
        }
    }

    private static string Found(string text, SqlDialect dialect) =>
        string.Join(',', SqlText.Parse(text, dialect).Placeholders.Select(p => text.Substring(p.Start, p.Length)));

    /// <summary>The server's reading of a string literal; null if it does not span the whole text.</summary>
    private static string? Unquoted(string literal, SqlDialect dialect)
    {
        var value = new System.Text.StringBuilder();
        for (var i = 1; i < literal.Length; i++)
        {
            if (literal[i] == '\'')
            {
                if (i == literal.Length - 1) return value.ToString();
                if (literal[++i] != '\'') return null;
            }
            else if (literal[i] == '\\' && !dialect.NoBackslashEscapes)
            {
                if (literal[++i] != '\\') return null;
            }

            value.Append(literal[i]);
        }

        return null;
    }
}
