using Scheduler.MariaDb;
using Scheduler.MariaDb.Sql;

namespace Scheduler.Tests.Unit.MariaDb;

public sealed class StatementWriterTests
{
    public static TheoryData<object?, string> Values => new()
    {
        { null, "NULL" },
        { DBNull.Value, "NULL" },
        { true, "1" },
        { (byte)200, "200" },
        { (sbyte)-5, "-5" },
        { ulong.MaxValue, "18446744073709551615" },
        { -1.5, "-1.5" },
        { 1e300, "1E+300" },
        { 12.340m, "12.340" },
        { "it's", "'it''s'" },
        { 'x', "'x'" },
        { DayOfWeek.Friday, "5" },
        { new DateTime(2026, 1, 2, 3, 4, 5, 6, 7), "TIMESTAMP'2026-01-02 03:04:05.006007'" },
        { new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.FromHours(3)), "TIMESTAMP'2026-01-02 00:04:05.000000'" },
        { new DateOnly(2026, 1, 2), "DATE'2026-01-02'" },
        { new TimeOnly(1, 2, 3), "TIME'01:02:03.000000'" },
        { -new TimeSpan(5, 1, 2, 3, 4, 5), "TIME'-121:02:03.004005'" },
        { Guid.Parse("0f8fad5b-d9cb-469f-a165-70867728950e"), "'0f8fad5b-d9cb-469f-a165-70867728950e'" },
        { Array.Empty<byte>(), "_binary''" },
        { new ReadOnlyMemory<byte>([65, 66]), "_binary'AB'" },
        { new ArraySegment<byte>([65, 66, 67], 1, 2), "_binary'BC'" },
        { new MemoryStream([65, 66]), "_binary'AB'" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void A_value_is_written_as_its_type_says(object? value, string literal) => Assert.Equal($"SELECT {literal}", Write("SELECT @v", ("@v", value)));

    [Theory]
    [InlineData("@a", "@A")]
    [InlineData("a", "@a")]
    [InlineData("?a", "@a")]
    [InlineData("@a", "?a")]
    public void A_name_is_the_same_in_any_case_and_with_either_sign(string parameter, string placeholder) =>
        Assert.Equal("SELECT 1", Write($"SELECT {placeholder}", (parameter, 1)));

    [Fact]
    public void Names_may_come_in_any_order_and_again()
    {
        var parameters = Enumerable.Range(0, 20).Select(i => ($"p{i}", (object?)i)).ToArray();
        Assert.Equal("19 0 7 7 8 9 1", Write("@p19 @p0 @p7 @p7 @p8 @p9 @p1", parameters));
    }

    [Fact]
    public void Question_marks_take_the_values_in_order()
    {
        Assert.Equal("1 'b' NULL", Write("? ? ?", ("", 1), ("", "b"), ("", null)));
        Assert.Contains("question marks", Assert.Throws<ArgumentException>(() => Write("? ?", ("", 1))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_renamed_parameter_is_found_under_its_new_name()
    {
        var parameters = new MariaDbParameterCollection();
        for (var i = 0; i < 20; i++) parameters.AddWithValue($"p{i}", i);
        Assert.Equal(7, parameters.IndexOf("@p7"));
        parameters[7].ParameterName = "@new";
        Assert.Equal(7, parameters.IndexOf("@new"));
        Assert.Equal(-1, parameters.IndexOf("@p7"));
    }

    [Fact]
    public void Two_parameters_of_one_name_are_refused()
    {
        var parameters = Enumerable.Range(0, 20).Select(i => ($"p{i % 19}", (object?)i)).ToArray();
        Assert.Contains("p0", Assert.Throws<ArgumentException>(() => Write("@p18 @p0", parameters)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(float.PositiveInfinity)]
    public void A_number_that_the_database_lacks_is_refused(object value) =>
        Assert.Contains("@v", Assert.Throws<ArgumentException>(() => Write("@v", ("@v", value))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_text_that_is_none_is_refused_without_being_told()
    {
        var error = Assert.Throws<ArgumentException>(() => Write("@v", ("@v", "secret " + '\ud800')));
        Assert.Contains("@v", error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Long_texts_and_blobs_grow_the_buffer()
    {
        var text = new string('ß', 100_000);
        Assert.Equal($"'{text}'", Write("@v", ("@v", text)));
        var quotes = new string('\'', 50_000);
        Assert.Equal($"'{quotes}{quotes}'", Write("@v", ("@v", quotes)));
    }

    private static string Write(string sql, params (string Name, object? Value)[] values)
    {
        var parameters = new MariaDbParameterCollection();
        foreach (var (name, value) in values) parameters.AddWithValue(name, value);
        using var buffer = new StatementBuffer();
        StatementWriter.Write(buffer, SqlText.Parse(sql, default), parameters, new ConnectionSettings("Server=unused"));
        return StrictUtf8.Encoding.GetString(buffer.Written);
    }
}
