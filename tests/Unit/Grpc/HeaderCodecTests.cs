using FsCheck;
using FsCheck.Fluent;
using Grpc.Core;
using Grpc.Wire;

namespace Scheduler.Tests.Unit.Grpc;

public sealed class HeaderCodecTests
{
    [Theory]
    [InlineData("plain text", "plain text")]
    [InlineData("100%", "100%25")]
    [InlineData("ü\n", "%C3%BC%0A")]
    [InlineData("😀", "%F0%9F%98%80")]
    [InlineData("", "")]
    public void Percent_encodes_all_but_printable_ASCII(string text, string encoded)
    {
        Assert.Equal(encoded, PercentCodec.Encode(text));
        Assert.Equal(text, PercentCodec.Decode(encoded));
    }

    [Theory]
    [InlineData("100%", "100%")]
    [InlineData("%", "%")]
    [InlineData("%4", "%4")]
    [InlineData("%zz%41", "%zzA")]
    [InlineData("%FF", "\uFFFD")]
    public void Decodes_what_is_not_well_encoded_as_it_can(string encoded, string text) => Assert.Equal(text, PercentCodec.Decode(encoded));

    [Fact]
    public void Percent_encoding_brings_back_every_text()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), static text =>
        {
            // A lone half of a surrogate pair is no text.
            var whole = new string([.. text.Get.Where(static c => !char.IsSurrogate(c))]);
            var encoded = PercentCodec.Encode(whole);
            Assert.All(encoded, static c => Assert.InRange(c, ' ', '~'));
            Assert.Equal(whole, PercentCodec.Decode(encoded));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Cuts_a_message_that_would_not_fit_into_a_header() =>
        Assert.Equal(PercentCodec.MaxLength + 3, PercentCodec.Encode(new string('x', 100_000)).Length);

    [Theory]
    [InlineData("AP+A", new byte[] { 0, 255, 128 })]
    [InlineData("Bw==", new byte[] { 7 })]
    [InlineData("Bw", new byte[] { 7 })]
    [InlineData("AAE=", new byte[] { 0, 1 })]
    [InlineData("AAE", new byte[] { 0, 1 })]
    [InlineData("", new byte[0])]
    public void Reads_base64_with_and_without_padding(string text, byte[] value) => Assert.Equal(value, BinaryHeaderCodec.Decode(text));

    [Theory]
    [InlineData("A")]
    [InlineData("A===")]
    [InlineData("AA=A")]
    [InlineData("A-_A")]
    [InlineData("A A=")]
    [InlineData("====")]
    public void Refuses_what_is_not_base64(string text) => Assert.Throws<FormatException>(() => BinaryHeaderCodec.Decode(text));

    [Fact]
    public void Base64_brings_back_every_value()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<byte[]>>(), static value =>
        {
            var text = BinaryHeaderCodec.Encode(value.Get);
            Assert.DoesNotContain('=', text);
            Assert.Equal(value.Get, BinaryHeaderCodec.Decode(text));
            Assert.Equal(value.Get, BinaryHeaderCodec.Decode(Convert.ToBase64String(value.Get)));
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void No_text_makes_base64_fail_in_another_way()
    {
        Prop.ForAll(ArbMap.Default.ArbFor<NonNull<string>>(), static text =>
        {
            try
            {
                BinaryHeaderCodec.Decode(text.Get);
            }
            catch (FormatException)
            {
            }
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Splits_the_values_of_a_binary_header_at_commas()
    {
        var metadata = new Metadata();
        MetadataCodec.Read(metadata, "X-Data-Bin", "AP+A, Bw==,");
        Assert.Equal([[0, 255, 128], [7], []], metadata.GetAll("x-data-bin").Select(static entry => entry.ValueBytes));
        MetadataCodec.Read(metadata, "x-text", "a, b");
        Assert.Equal("a, b", metadata.GetValue("x-text"));
    }

    [Fact]
    public void Names_the_header_whose_value_is_wrong()
    {
        var failure = Assert.Throws<RpcException>(() => MetadataCodec.Read([], "x-data-bin", "!"));
        Assert.Equal(StatusCode.Internal, failure.StatusCode);
        Assert.Contains("x-data-bin", failure.Status.Detail);
        failure = Assert.Throws<RpcException>(() => MetadataCodec.Write(new Metadata.Entry("x-text", "ü")));
        Assert.Contains("x-text", failure.Status.Detail);
    }

    [Theory]
    [InlineData("application/grpc", true)]
    [InlineData("application/grpc+proto", true)]
    [InlineData("Application/GRPC; charset=utf-8", true)]
    [InlineData("application/grpc-web", false)]
    [InlineData("application/grpcx", false)]
    [InlineData("application/json", false)]
    [InlineData(null, false)]
    public void Knows_the_content_types_of_gRPC(string? contentType, bool known) => Assert.Equal(known, WireNames.IsGrpc(contentType));
}
